"""Our own converters of estimators, a module for each kind."""
