// Package site builds what a fault test works on: servers, a database, a broker's place, a load of rows, beats and
// their peers as processes, and a recorder beside them. Everything a run leaves behind lies in its folder: rows.jsonl,
// expected.jsonl, received.jsonl, faults.jsonl, ledger.jsonl, verdict.json and a log of each process.
package site
