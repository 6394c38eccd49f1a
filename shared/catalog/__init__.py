"""Items and suppliers: what may be sold, bought where, under which terms."""
