"""The stock of a SKU: free units, corrections, demand."""
