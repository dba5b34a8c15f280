"""Files and databases: the atlas file, the practice file, backups. Only here is SQLAlchemy imported."""
