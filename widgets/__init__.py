"""Pictures and interactive widgets for automatic differentiation."""
