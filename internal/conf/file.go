package conf

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// file reads YAML strictly: every key must be a setting, and only once.
func (l *loader) file(name string, data []byte) error {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if len(doc.Content) == 0 {
		return nil
	}
	if err := l.mapping(doc.Content[0], ""); err != nil {
		return fmt.Errorf("%s, %w", name, err)
	}
	return nil
}

func (l *loader) mapping(node *yaml.Node, prefix string) error {
	if node.Kind != yaml.MappingNode {
		return fmt.Errorf("line %d: %s holds settings of its own and takes no value", node.Line, strings.TrimSuffix(prefix, "."))
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		name, value := node.Content[i], node.Content[i+1]
		key := prefix + name.Value
		if seen[key] {
			return fmt.Errorf("line %d: %s is given twice", name.Line, key)
		}
		seen[key] = true
		if err := l.entry(key, name.Line, value); err != nil {
			return err
		}
	}
	return nil
}

func (l *loader) entry(key string, line int, value *yaml.Node) error {
	if f := l.byKey(key); f != nil {
		text, err := scalar(value)
		if err == nil {
			err = l.set(f, text, "file")
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", line, err)
		}
		return nil
	}
	for _, f := range l.fields {
		if strings.HasPrefix(f.Key, key+".") {
			return l.mapping(value, key+".")
		}
	}
	return fmt.Errorf("line %d: unknown key %s%s", line, key, didYouMean(key, l.keys()))
}

// keys are the settings and the groups that hold them.
func (l *loader) keys() []string {
	var all []string
	for _, f := range l.fields {
		all = append(all, f.Key)
		for i, c := range f.Key {
			if c == '.' {
				all = append(all, f.Key[:i])
			}
		}
	}
	return all
}

func scalar(node *yaml.Node) (string, error) {
	switch node.Kind {
	case yaml.ScalarNode:
		if node.Tag == "!!null" {
			return "", nil
		}
		return node.Value, nil
	case yaml.SequenceNode:
		var parts []string
		for _, item := range node.Content {
			if item.Kind != yaml.ScalarNode {
				return "", fmt.Errorf("a list may only hold plain values")
			}
			parts = append(parts, item.Value)
		}
		return strings.Join(parts, ","), nil
	}
	return "", fmt.Errorf("expected a plain value")
}
