package message

// Repr returns the representation of a value in Python's JSON form, as it stands in argsrepr.
func Repr(value []byte) string { return string(appendRepr(nil, value, reprLength)) }
