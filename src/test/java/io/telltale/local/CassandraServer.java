package io.telltale.local;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DriverException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The process behind a {@link CassandraNode} or a {@link ClusterNode}. */
final class CassandraServer extends ServerProcess {

    private static final Duration STOP_LIMIT = Duration.ofSeconds(30);
    private static final Duration TOOL_LIMIT = Duration.ofMinutes(2);

    private final CassandraPlace place;
    private final Path directory;
    private final MemoryProfile memory;
    private final CommitLogSync commitLogSync;
    private final List<Path> classPath;
    private final @Nullable StackSecurity security;
    private final int jmxPort = FreePorts.next();

    CassandraServer(
            CassandraPlace place,
            Path directory,
            MemoryProfile memory,
            CommitLogSync commitLogSync,
            List<Path> classPath) {
        this(place, directory, memory, commitLogSync, classPath, null);
    }

    /** With TLS and passwords if {@code security} is not null. */
    CassandraServer(
            CassandraPlace place,
            Path directory,
            MemoryProfile memory,
            CommitLogSync commitLogSync,
            List<Path> classPath,
            @Nullable StackSecurity security) {
        super("Cassandra", STOP_LIMIT);
        this.place = place;
        this.directory = Directories.create(directory);
        this.memory = memory;
        this.commitLogSync = commitLogSync;
        this.classPath = List.copyOf(classPath);
        this.security = security;
    }

    String contactPoint() {
        return place.address() + ":" + place.nativePort();
    }

    /** Where its tables are: a directory for each keyspace. */
    Path data() {
        return directory.resolve("data").resolve("data");
    }

    /** Where it keeps hints for other nodes. */
    Path hints() {
        return directory.resolve("data").resolve("hints");
    }

    /** Runs {@code nodetool} on it, as an operator would. */
    void nodeTool(String... arguments) {
        List<String> line = new ArrayList<>(List.of("-h", FreePorts.LOOPBACK, "-p", Integer.toString(jmxPort)));
        line.addAll(List.of(arguments));
        ChildJvm.start(new JvmCommand(
                        "nodetool " + String.join(" ", arguments),
                        JavaSeventeen.inCommonPlaces().home(),
                        List.of(
                                "-XX:TieredStopAtLevel=1",
                                "-Dcassandra.config="
                                        + directory.resolve("cassandra.yaml").toUri(),
                                "-Dlogback.configurationFile=" + directory.resolve("logback.xml"),
                                // It keeps a history of its commands.
                                "-Duser.home=" + directory,
                                "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED",
                                "--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED",
                                "--add-opens=java.base/jdk.internal.ref=ALL-UNNAMED",
                                "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED"),
                        new JvmCommand.MainClass(classPath, "org.apache.cassandra.tools.NodeTool"),
                        line,
                        Map.of(),
                        directory,
                        directory.resolve("nodetool.log"),
                        place.launcher()))
                .awaitEnd(TOOL_LIMIT);
    }

    @Override
    JvmCommand prepare() {
        Path java = JavaSeventeen.inCommonPlaces().home();
        writeConfiguration();
        return new JvmCommand(
                "Cassandra",
                java,
                options(),
                new JvmCommand.MainClass(classPath, "org.apache.cassandra.service.CassandraDaemon"),
                List.of(),
                Map.of(),
                directory,
                directory.resolve("cassandra.log"),
                place.launcher());
    }

    @Override
    boolean answers() {
        // The port first: a session that cannot connect is dear.
        if (!FreePorts.accepts(place.address(), place.nativePort())) {
            return false;
        }
        try (CqlSession session = CassandraNode.connectTo(contactPoint(), place.dataCenter(), security)) {
            return session.execute("SELECT release_version FROM system.local").one() != null;
        } catch (DriverException e) {
            return false;
        }
    }

    private List<String> options() {
        List<String> options = new ArrayList<>(memory.cassandraOptions());
        options.add("-javaagent:" + jamm());
        options.add("-Xss512k");
        options.add("-XX:+ExitOnOutOfMemoryError");
        options.add("-Djava.awt.headless=true");
        options.add("-Dcassandra.config=" + directory.resolve("cassandra.yaml").toUri());
        options.add("-Dlogback.configurationFile=" + directory.resolve("logback.xml"));
        options.add("-Dcassandra.storagedir=" + directory.resolve("data"));
        options.add("-Dcassandra.logdir=" + directory);
        options.add("-Dcassandra.jmx.local.port=" + jmxPort);
        options.add("-Dcassandra-foreground=yes");
        options.add("-Dcassandra.skip_wait_for_gossip_to_settle=0");
        options.add("-Dcassandra.superuser_setup_delay_ms=0");
        options.add("-Dcassandra.consistent.rangemovement=false");
        options.add("-Djdk.attach.allowAttachSelf=true");
        options.add("-Dio.netty.tryReflectionSetAccessible=true");
        if (place.isAlone()) {
            options.add("-Dcassandra.ring_delay_ms=100");
        } else {
            // For so long a node of a ring waits at most for the others, the slowest of which has just begun to start.
            options.add("-Dcassandra.ring_delay_ms=30000");
        }
        options.add("-Dcassandra-rackdc.properties="
                + directory.resolve("cassandra-rackdc.properties").toUri());
        for (String exported : List.of(
                "java.base/jdk.internal.misc",
                "java.base/java.lang.ref",
                "java.base/sun.nio.ch",
                "java.management.rmi/com.sun.jmx.remote.internal.rmi",
                "java.rmi/sun.rmi.registry",
                "java.rmi/sun.rmi.server",
                "java.sql/java.sql",
                "jdk.unsupported/sun.misc",
                "jdk.attach/sun.tools.attach")) {
            options.add("--add-exports=" + exported + "=ALL-UNNAMED");
        }
        for (String opened : List.of(
                "java.base/java.lang.module",
                "java.base/jdk.internal.loader",
                "java.base/jdk.internal.ref",
                "java.base/jdk.internal.reflect",
                "java.base/jdk.internal.math",
                "java.base/jdk.internal.module",
                "java.base/jdk.internal.util.jar",
                "java.base/sun.nio.ch",
                "java.base/java.io",
                "java.base/java.lang.reflect",
                "java.base/java.lang",
                "java.base/java.util",
                "java.base/java.nio",
                "jdk.management/com.sun.management.internal")) {
            options.add("--add-opens=" + opened + "=ALL-UNNAMED");
        }
        return options;
    }

    /** The agent by which Cassandra measures its objects comes with its own dependencies. */
    private Path jamm() {
        return classPath.stream()
                .filter(jar -> jar.getFileName().toString().startsWith("jamm-"))
                .findFirst()
                .orElseThrow(() -> new LocalStackException("no jamm among Cassandra's dependencies"));
    }

    private void writeConfiguration() {
        try {
            Files.writeString(
                    directory.resolve("cassandra.yaml"),
                    place.yaml(directory.resolve("data"), commitLogSync)
                            + (security == null ? "" : security.cassandraYaml()));
            Files.writeString(directory.resolve("cassandra-rackdc.properties"), place.rackProperties());
            Files.writeString(directory.resolve("logback.xml"), """
                    <configuration>
                      <appender name="out" class="ch.qos.logback.core.ConsoleAppender">
                        <encoder><pattern>%d{HH:mm:ss.SSS} %-5level %logger{0} %msg%n</pattern></encoder>
                      </appender>
                      <root level="INFO"><appender-ref ref="out"/></root>
                    </configuration>
                    """);
        } catch (IOException e) {
            throw new LocalStackException("could not write Cassandra's configuration into " + directory, e);
        }
    }
}
