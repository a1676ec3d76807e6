// Package dynamostore keeps entries, claims and cursors in DynamoDB, or in what speaks its protocol.
//
// One table holds everything, under a partition key pk and a sort key sk, both texts. All writes are conditional, and all
// reads consistent. Where NS is the namespace, escaped as in the path of a URL:
//
//	pk              sk           attributes
//	NS/tasks        id           name, version, body: a task with its schedules, as JSON
//	NS/name/SHA-256 name         task: the id of the task that has the name
//	NS/s/SERIES     19 digits    data: a record of the claim log or of the journal of package docstore
//
// DynamoDB has no clock that could be asked; see claimlog.Engine for what follows from that.
package dynamostore
