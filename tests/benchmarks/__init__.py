"""How well the mesh does what it exists for, against a floor or a peer in the same run."""
