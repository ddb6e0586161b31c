"""The rules of an audit: each looks at one part and says what it found, or nothing."""
