"""Faults around a run (power, disks, clocks, memory, other runs), and what is left behind after them."""
