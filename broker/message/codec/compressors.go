package codec

import (
	"bytes"
	"fmt"
	"io"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/dsnet/compress/bzip2"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"

	"github.com/gobeat/gobeat/broker/message"
)

// Compressors returns bzip2, xz, zstd and brotli under the names that kombu gives them.
func Compressors() []message.Compressor {
	return []message.Compressor{
		{
			Names: []string{"bzip2", "bzip", "application/x-bz2"}, ContentType: "application/x-bz2",
			Compress: compressBzip2,
		},
		{
			Names: []string{"lzma", "xz", "application/x-lzma"}, ContentType: "application/x-lzma",
			Compress: compressXZ,
		},
		{
			Names: []string{"zstd", "zstandard", "application/zstd"}, ContentType: "application/zstd",
			Compress: newZstd(),
		},
		{
			Names: []string{"brotli", "application/x-brotli"}, ContentType: "application/x-brotli",
			Compress: compressBrotli,
		},
	}
}

func compressBzip2(body []byte) ([]byte, error) {
	return through(body, func(out io.Writer) (io.WriteCloser, error) {
		return bzip2.NewWriter(out, &bzip2.WriterConfig{Level: bzip2.BestCompression})
	})
}

// compressXZ uses a dictionary that is as large as the body, because the usual one of 8 MiB would be allocated for
// every message.
func compressXZ(body []byte) ([]byte, error) {
	const least, most = 4 << 10, 8 << 20
	return through(body, func(out io.Writer) (io.WriteCloser, error) {
		return xz.WriterConfig{DictCap: min(max(len(body), least), most)}.NewWriter(out)
	})
}

// newZstd returns a function that writes zstd frames that say how long the body is, which some readers need. The
// encoder is made when it is first needed, because few programs need one.
func newZstd() func([]byte) ([]byte, error) {
	encoder := sync.OnceValues(func() (*zstd.Encoder, error) {
		return zstd.NewWriter(nil, zstd.WithSingleSegment(true))
	})
	return func(body []byte) ([]byte, error) {
		enc, err := encoder()
		if err != nil {
			return nil, fmt.Errorf("compress the body: %w", err)
		}
		return enc.EncodeAll(body, nil), nil
	}
}

func compressBrotli(body []byte) ([]byte, error) {
	return through(body, func(out io.Writer) (io.WriteCloser, error) { return brotli.NewWriter(out), nil })
}

// through returns what a writer makes of the body.
func through(body []byte, open func(io.Writer) (io.WriteCloser, error)) ([]byte, error) {
	var out bytes.Buffer
	w, err := open(&out)
	if err == nil {
		_, err = w.Write(body)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("compress the body: %w", err)
	}
	return out.Bytes(), nil
}
