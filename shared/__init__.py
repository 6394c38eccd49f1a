"""The rooms behind the doors: business capabilities first, four technical folders last."""
