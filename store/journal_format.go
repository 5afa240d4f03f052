package store

import (
	"errors"
	"hash/crc32"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// appendHeader writes a header: magic, generation, checksum of both.
func appendHeader(b []byte, gen uint64) []byte {
	at := len(b)
	b = big.AppendUint64(append(b, journalMagic...), gen)
	return big.AppendUint32(b, crc32.Checksum(b[at:], castagnoli))
}

// parseHeader returns a header's generation; 0 for one that is not whole.
func parseHeader(b []byte) uint64 {
	if len(b) < headerBytes || string(b[:len(journalMagic)]) != journalMagic {
		return 0
	}
	sum := headerBytes - 4
	if big.Uint32(b[sum:]) != crc32.Checksum(b[:sum], castagnoli) {
		return 0
	}
	return big.Uint64(b[len(journalMagic):])
}

// appendRecord writes a record: length, checksum, entry. The checksum covers
// the generation too, so that records of earlier ones do not count.
func appendRecord(b []byte, gen uint64, entry []byte) []byte {
	b = big.AppendUint32(b, uint32(len(entry)))
	b = big.AppendUint32(b, recordSum(gen, entry))
	return append(b, entry...)
}

func recordSum(gen uint64, entry []byte) uint32 {
	var head [12]byte
	big.PutUint64(head[:], gen)
	big.PutUint32(head[8:], uint32(len(entry)))
	return crc32.Update(crc32.Checksum(head[:], castagnoli), castagnoli, entry)
}

// parseJournal reads a journal file: its generation, 0 for a new file; the
// entries of that generation up to the first that is not whole, which was never
// acknowledged; and where the next record goes.
func parseJournal(b []byte) (gen uint64, entries [][]byte, end int64, err error) {
	if len(b) < firstRecord {
		b = append(b, make([]byte, firstRecord-len(b))...)
	}
	gen = max(parseHeader(b), parseHeader(b[headerSpacing:]))
	if gen == 0 {
		if !isBlank(b) {
			err = errors.New("the file holds something else; name another one")
		}
		return 0, nil, firstRecord, err
	}
	at := firstRecord
	for len(b)-at >= recordBytes {
		length := int(big.Uint32(b[at:]))
		body := b[at+recordBytes:]
		if length == 0 || length > len(body) || big.Uint32(b[at+4:]) != recordSum(gen, body[:length]) {
			break
		}
		entries = append(entries, body[:length:length])
		at += recordBytes + length
	}
	return gen, entries, int64(at), nil
}

// isBlank tells whether nothing but zeros was written, as when a journal was
// not created to its end.
func isBlank(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
