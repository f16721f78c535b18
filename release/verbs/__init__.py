"""What a person can ask of the engine, one module per verb. A verb decides what is to be done; the pipeline does it."""
