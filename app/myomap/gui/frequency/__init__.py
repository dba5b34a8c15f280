"""Where our patients hurt: the drawings of many on one map, without anybody's name."""
