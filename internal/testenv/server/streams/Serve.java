import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.bson.Document;
import io.netty.channel.Channel;
import java.util.List;

// Serve is mongo-java-server with its log of operations on, and so with change streams: java Serve.java HOST PORT.
public class Serve {
    public static void main(String[] args) throws InterruptedException {
        MongoServer server = new MongoServer(new Backend());
        server.enableOplog();
        server.bind(args[0], Integer.parseInt(args[1]));
        System.out.println("listening");
        Thread.currentThread().join();
    }

    // Backend says that it is of a version that the driver speaks with, and knows "hello" under its older name.
    private static class Backend extends MemoryBackend {
        Backend() {
            version(new MongoVersion() {
                @Override
                public List<Integer> getVersionArray() {
                    return List.of(5, 0, 0);
                }

                @Override
                public int getWireVersion() {
                    return 13;
                }
            });
        }

        @Override
        public Document handleCommand(Channel channel, String database, String command, Document query) {
            return super.handleCommand(channel, database, command.equals("hello") ? "isMaster" : command, query);
        }
    }
}
