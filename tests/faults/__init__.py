"""What a run leaves behind when something fails around it: power, disks, clocks, memory, other runs."""
