"""What people see in a browser: pages behind signed links, without scripts, in their own language."""
