// Package curve reads values that change in steps.
package curve

// A Curve is a list of [second, value]. Each value holds from its second on; null is a value that cannot be read.
type Curve [][2]*float64

// At returns the value at a second, and whether there is one.
func (c Curve) At(second float64) (float64, bool) {
	var value *float64
	for _, point := range c {
		if *point[0] > second {
			break
		}
		value = point[1]
	}
	if value == nil {
		return 0, false
	}
	return *value, true
}
