"""Plain `nn.Module`s, one architecture per file. They know no VCF, gene or score."""
