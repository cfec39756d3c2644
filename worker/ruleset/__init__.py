"""From YAML files to rules, with a place for every complaint."""
