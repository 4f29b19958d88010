"""See it coming: forecasts and alerts."""
