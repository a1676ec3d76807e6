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
	"github.com/gobeat/gobeat/beat/store/docstore"
	"github.com/gobeat/gobeat/beat/store/dynamostore"
	"github.com/gobeat/gobeat/internal/testenv"
)

// TestOthersEdit: what another client of the table changes and deletes is noticed.
func TestOthersEdit(t *testing.T) {
	t.Parallel()
	address := testenv.DynamoDB(t)
	s := open(t, dynamostore.Config{URL: address + "&sweep=1s"})
	changed, gone := added(t, s, "changed"), added(t, s, "gone")
	version, err := s.Latest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
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
	item, err := client.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: table, Key: at(changed.TaskID), ConsistentRead: aws.Bool(true)})
	if err != nil || len(item.Item) == 0 {
		t.Fatalf("the item is %+v, %v", item, err)
	}
	body := item.Item["body"].(*types.AttributeValueMemberS)
	body.Value = strings.Replace(body.Value, "proj.add", "proj.mul", 1)
	if _, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: table, Item: item.Item}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: table, Key: at(gone.TaskID)}); err != nil {
		t.Fatal(err)
	}
	for now := version; now.Same(version); {
		if now, err = s.Latest(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	entries, deleted, _, err := s.Since(t.Context(), version)
	if err != nil || len(entries) != 1 || entries[0].ID != changed.ID || entries[0].Task != "proj.mul" || len(deleted) != 1 || deleted[0] != gone.ID {
		t.Errorf("changed %+v, deleted %v, %v", entries, deleted, err)
	}
}

func added(t *testing.T, s *docstore.Store, name string) beat.Entry {
	t.Helper()
	e, err := s.Add(t.Context(), beat.Entry{Name: name, Task: "proj.add", Enabled: true})
	if err != nil {
		t.Fatal(err)
	}
	return e
}
