"""Plain `nn.Module`s, one architecture per file. No VCF, gene or score is known here."""
