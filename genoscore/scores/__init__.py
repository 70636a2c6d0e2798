"""From network outputs to named scores. A Scorer declares its ScoreFields once; headers, columns and docs use them."""
