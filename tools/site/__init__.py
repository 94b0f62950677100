"""The lessons as a website: ``make site`` builds it in _site."""
