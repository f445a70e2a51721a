"""The engines that run SQL, behind one protocol. The only importers of database drivers."""
