package people

// bitline is a row of bits that grows at its end and may lose its beginning:
// one bit for each sample of a sound.
type bitline struct {
	words []uint64
	base  int // the position of the first bit of words; a multiple of 64
	end   int // one after the last bit
}

// word is the 64 bits from at on. Bits that are not there are 0.
func (b *bitline) word(at int) uint64 {
	at -= b.base
	i, s := at>>6, uint(at&63)
	w := b.get(i) >> s
	if s > 0 {
		w |= b.get(i+1) << (64 - s)
	}
	return w
}

func (b *bitline) get(i int) uint64 {
	if i < 0 || i >= len(b.words) {
		return 0
	}
	return b.words[i]
}

// extend adds bits of 0 up to end.
func (b *bitline) extend(end int) {
	for b.base+64*len(b.words) < end {
		b.words = append(b.words, 0)
	}
	b.end = max(b.end, end)
}

// set makes a bit 1 that extend has added.
func (b *bitline) set(at int) {
	at -= b.base
	b.words[at>>6] |= 1 << uint(at&63)
}

// forget drops what is more than keep bits before the end, once that is worth
// the copying.
func (b *bitline) forget(keep int) {
	drop := (b.end - keep - b.base) >> 6
	if drop < len(b.words)/2 || drop <= 0 {
		return
	}
	b.words = append(b.words[:0], b.words[drop:]...)
	b.base += 64 * drop
}
