// Package python builds and finds the Python environments with real Celery that interop tests run.
//
// An environment is named after a hash of its pinned requirements and kept in the user's cache folder, outside the
// repository, so that it is built once and rebuilt when the requirements change.
package python
