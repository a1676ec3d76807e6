package dynamostore_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/gobeat/gobeat/beat"
	"github.com/gobeat/gobeat/beat/store/dynamostore"
	"github.com/gobeat/gobeat/beat/store/storetest"
	"github.com/gobeat/gobeat/internal/testenv"
)

// TestOthersEdit: what another client of the table changes and deletes is noticed.
func TestOthersEdit(t *testing.T) {
	t.Parallel()
	address := testenv.DynamoDB(t)
	s := open(t, dynamostore.Config{URL: address + "&sweep=1s"})
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	secret, _ := u.User.Password()
	client := dynamodb.New(dynamodb.Options{
		Region: u.Host, BaseEndpoint: aws.String(u.Query().Get("endpoint")),
		Credentials: credentials.NewStaticCredentialsProvider(u.User.Username(), secret, ""),
	})
	table := aws.String(strings.Trim(u.Path, "/"))
	at := func(taskID string) map[string]types.AttributeValue {
		return map[string]types.AttributeValue{"pk": &types.AttributeValueMemberS{Value: "/tasks"}, "sk": &types.AttributeValueMemberS{Value: taskID}}
	}
	storetest.Others(t, s, func(t *testing.T, e beat.Entry) {
		t.Helper()
		item, err := client.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: table, Key: at(e.TaskID), ConsistentRead: aws.Bool(true)})
		if err != nil || len(item.Item) == 0 {
			t.Fatalf("the item is %+v, %v", item, err)
		}
		body := item.Item["body"].(*types.AttributeValueMemberS)
		body.Value = strings.Replace(body.Value, "proj.add", "proj.mul", 1)
		if _, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: table, Item: item.Item}); err != nil {
			t.Fatal(err)
		}
	}, func(t *testing.T, e beat.Entry) {
		t.Helper()
		if _, err := client.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: table, Key: at(e.TaskID)}); err != nil {
			t.Fatal(err)
		}
	}, func(e beat.Entry) bool { return e.Task == "proj.mul" })
}
