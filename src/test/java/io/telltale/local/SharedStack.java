package io.telltale.local;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The one stack of this JVM: started when first asked for, ended with the JVM. A test that stops a server of it must
 * start it again.
 *
 * <p>Quarkus loads test classes anew for every application it starts in tests, statics and all. So the stack lives with
 * the system class loader, and {@link #get} of any other loader is a view of that one.
 */
public final class SharedStack {

    private static @Nullable SharedStack instance;

    private final Object home;
    private final KafkaBroker kafka;
    private final CassandraNode cassandra;

    private SharedStack(Object home) {
        this.home = home;
        this.kafka = new KafkaBroker((String) ask(home, "bootstrapServers"), lifecycle("kafkaLifecycle"));
        this.cassandra = new CassandraNode((String) ask(home, "contactPoint"), lifecycle("cassandraLifecycle"));
    }

    /** The stack; the first call of a JVM starts it, which takes 10 to 40 s, and others wait for that. */
    public static synchronized SharedStack get() {
        SharedStack stack = instance;
        if (stack == null) {
            stack = new SharedStack(homeOfThisJvm());
            instance = stack;
        }
        return stack;
    }

    public KafkaBroker kafka() {
        return kafka;
    }

    public CassandraNode cassandra() {
        return cassandra;
    }

    /** A number that no other caller in this JVM gets, from 1, for names that must not meet in the shared servers. */
    public int nextNumber() {
        return (Integer) ask(home, "nextNumber");
    }

    private ServerLifecycle lifecycle(String which) {
        Object there = ask(home, which);
        return (ServerLifecycle) Proxy.newProxyInstance(
                SharedStack.class.getClassLoader(),
                new Class<?>[] {ServerLifecycle.class},
                (proxy, method, arguments) -> ask(there, method.getName()));
    }

    private static Object homeOfThisJvm() {
        try {
            return ask(Class.forName(Home.class.getName(), true, ClassLoader.getSystemClassLoader()), null, "get");
        } catch (ClassNotFoundException e) {
            throw new LocalStackException("the system class loader does not know the tests", e);
        }
    }

    private static Object ask(Object target, String method) {
        return ask(target.getClass(), target, method);
    }

    private static Object ask(Class<?> type, @Nullable Object target, String method) {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(type.getClassLoader());
        try {
            Method found = type.getMethod(method);
            found.setAccessible(true);
            return found.invoke(target);
        } catch (InvocationTargetException e) {
            // As a type of this loader, so that a caller can catch it.
            throw new LocalStackException(String.valueOf(e.getTargetException().getMessage()), e);
        } catch (ReflectiveOperationException e) {
            throw new LocalStackException("%s has no %s".formatted(type, method), e);
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    /** The stack itself, in the system class loader. Asked by name, and in types of the JDK, from other loaders. */
    static final class Home {

        private static @Nullable Home instance;

        private final LocalStack stack;
        private final AtomicInteger numbers = new AtomicInteger();

        private Home(LocalStack stack) {
            this.stack = stack;
        }

        public static synchronized Home get() {
            Home home = instance;
            if (home == null) {
                home = new Home(LocalStack.start(StackOptions.forTests()));
                instance = home;
                Runtime.getRuntime().addShutdownHook(new Thread(home.stack::close, "local-stack-end"));
            }
            return home;
        }

        public String bootstrapServers() {
            return stack.kafka().bootstrapServers();
        }

        public String contactPoint() {
            return stack.cassandra().contactPoint();
        }

        public ServerLifecycle kafkaLifecycle() {
            return stack.kafka().lifecycle();
        }

        public ServerLifecycle cassandraLifecycle() {
            return stack.cassandra().lifecycle();
        }

        public int nextNumber() {
            return numbers.incrementAndGet();
        }
    }
}
