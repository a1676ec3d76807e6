// Package gocelery publishes through a broker of the library github.com/gocelery/gocelery, for programs that have one
// already. All others use the packages amqp and redis, which can do everything that is missing here.
//
// gocelery knows task protocol 1 and few of its fields, so the settings of the messages must be task_protocol 1,
// task_serializer json and beat.Config.BareMessages, for it carries no headers. What else it cannot carry is Refused,
// message by message, with a *CarryError as its reason: a priority, another queue than that of the broker, exchanges,
// queue arguments, properties. What RabbitMQ's broker of the library would drop or change on the way (link, time limits,
// whole numbers above 2^53, and 1.0, which would become 1) is refused there, too. Events of messages are left out.
//
// # What is not guaranteed
//
// There is no fence: TakeOver takes anybody. A leader that was paused may send what its successor has sent already;
// what protects from that is the claim in the store alone, and it does for all but the batches in hand.
//
// There is no memory of batches: Lookup knows nothing, so a successor sends again whatever was not settled.
//
// Confirmed means that the library returned no error. With Redis the server has the message then. With RabbitMQ it was
// written to the connection and may be lost with it; nothing is returned when no queue takes it. The library dials once:
// after a loss its RabbitMQ broker stays broken, and every message fails until the program makes another one.
//
// The library takes no context. A call that hangs in it holds up Publish beyond the end of its context.
package gocelery
