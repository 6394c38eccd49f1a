"""Pictures of the dashboards in situations that an operator should be able to tell apart."""
