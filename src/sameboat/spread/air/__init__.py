"""What the wind carries: toxic gas and smoke (`gas`), and volcanic ash (`ash`)."""
