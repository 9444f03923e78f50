package io.telltale;

import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitAccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.groups.MultiSubscribe;
import io.smallrye.mutiny.groups.UniAwait;
import java.time.Duration;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.BlockingDeque;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionService;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Exchanger;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.Future;
import java.util.concurrent.Phaser;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TransferQueue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.kafka.common.KafkaFuture;
import org.junit.jupiter.api.Test;

/**
 * No method waits on its thread for another thread, except the few that are named here. Locks are not waits: each is
 * held only for a few instructions.
 */
class BlockingCallsTest {

    /** The methods that may block, each with its reason. */
    private static final Map<String, String> MAY_BLOCK = Map.of(
            "io.telltale.ingest.IngestLifecycle.stop",
            "The drain, at most 10 s: runs on the shutdown thread, which has nothing else to do.",
            "io.telltale.live.SensorTopics.await",
            "At most 10 s, on the threads of Tail and CatchUpScheduler only: they block in their Kafka consumer anyway.",
            "io.telltale.live.Tail.follow",
            "The tail's own thread, at most 100 ms, while no topic exists that it could poll.",
            "io.telltale.live.CatchUpScheduler.next",
            "The catch-ups' own thread, at most 10 s without work, then it ends.",
            "io.telltale.packing.PackerWaits.get",
            "An engine's own thread, at most 30 s, for Cassandra.",
            "io.telltale.packing.PackerWaits.getAlways",
            "An engine's own thread, at most 30 s; 2 s while the service stops.",
            "io.telltale.packing.EngineThread.stop",
            "At most 3 s: runs on the shutdown thread. The packer removes an unfinished pack.",
            "io.telltale.packing.PackerWaits.pause",
            "An engine's own thread, until the service stops.");

    private static final List<Kind> KINDS = List.of(
            Kind.of(Uni.class, "await"),
            Kind.of(UniAwait.class, "indefinitely", "atMost"),
            Kind.of(MultiSubscribe.class, "asIterable", "asStream"),
            Kind.of(Future.class, "get"),
            Kind.of(CompletableFuture.class, "join"),
            Kind.of(ForkJoinTask.class, "join", "invoke"),
            Kind.of(ExecutorService.class, "invokeAll", "invokeAny", "awaitTermination"),
            Kind.of(CompletionService.class, "take"),
            Kind.timed(CompletionService.class, "poll"),
            Kind.of(Thread.class, "sleep", "join"),
            Kind.of(TimeUnit.class, "sleep", "timedJoin", "timedWait"),
            Kind.of(Object.class, "wait"),
            Kind.of(BlockingQueue.class, "take", "put"),
            Kind.timed(BlockingQueue.class, "poll", "offer"),
            Kind.of(BlockingDeque.class, "takeFirst", "takeLast", "putFirst", "putLast"),
            Kind.timed(BlockingDeque.class, "pollFirst", "pollLast", "offerFirst", "offerLast"),
            Kind.of(TransferQueue.class, "transfer"),
            Kind.timed(TransferQueue.class, "tryTransfer"),
            Kind.of(CountDownLatch.class, "await"),
            Kind.of(CyclicBarrier.class, "await"),
            Kind.of(Phaser.class, "awaitAdvance", "awaitAdvanceInterruptibly", "arriveAndAwaitAdvance"),
            Kind.of(Exchanger.class, "exchange"),
            Kind.of(Semaphore.class, "acquire", "acquireUninterruptibly"),
            Kind.timed(Semaphore.class, "tryAcquire"),
            Kind.of(Condition.class, "await", "awaitNanos", "awaitUntil", "awaitUninterruptibly"),
            Kind.of(LockSupport.class, "park", "parkNanos", "parkUntil"));

    /**
     * Methods that block.
     *
     * @param isTimed whether only their variants with a timeout block
     */
    private record Kind(Class<?> owner, Set<String> names, boolean isTimed) {

        static Kind of(Class<?> owner, String... names) {
            return new Kind(owner, Set.of(names), false);
        }

        static Kind timed(Class<?> owner, String... names) {
            return new Kind(owner, Set.of(names), true);
        }

        Stream<Kind> each() {
            return names.stream().map(name -> new Kind(owner, Set.of(name), isTimed));
        }

        boolean matches(JavaAccess<?> access) {
            return access.getTarget() instanceof CodeUnitAccessTarget target
                    && names.contains(target.getName())
                    && target.getOwner().isAssignableTo(owner)
                    && (!isTimed
                            || target.getRawParameterTypes().stream()
                                    .anyMatch(type -> type.isEquivalentTo(TimeUnit.class)));
        }
    }

    @Test
    void onlyListedMethodsBlock() {
        assertThat(blockingMethods(ArchitectureTest.MAIN)).isEqualTo(new TreeSet<>(MAY_BLOCK.keySet()));
    }

    @Test
    void seesEachKindOfBlockingCall() {
        JavaClasses samples = new ClassFileImporter().importClasses(Blocking.class);
        assertThat(KINDS.stream().flatMap(Kind::each))
                .allSatisfy(kind -> assertThat(accesses(samples)).anyMatch(kind::matches));
        assertThat(blockingMethods(samples)).isEqualTo(methodsOf(Blocking.class));
    }

    @Test
    void ignoresCallsThatReturnAtOnce() {
        assertThat(blockingMethods(new ClassFileImporter().importClasses(Immediate.class)))
                .isEmpty();
    }

    private static Set<String> blockingMethods(JavaClasses classes) {
        return accesses(classes)
                .filter(access -> KINDS.stream().anyMatch(kind -> kind.matches(access)))
                .map(access -> name(access.getOrigin()))
                .collect(toCollection(TreeSet::new));
    }

    private static Stream<JavaAccess<?>> accesses(JavaClasses classes) {
        return classes.stream().flatMap(type -> type.getAccessesFromSelf().stream());
    }

    private static String name(JavaCodeUnit method) {
        return method.getOwner().getName() + "." + method.getName();
    }

    private static Set<String> methodsOf(Class<?> type) {
        return Arrays.stream(type.getDeclaredMethods())
                .filter(method -> !method.isSynthetic())
                .map(method -> type.getName() + "." + method.getName())
                .collect(toCollection(TreeSet::new));
    }

    /** Blocks in each of its methods. Imported, never called. */
    @SuppressWarnings({
        "UnusedMethod",
        "CheckReturnValue",
        "FutureReturnValueIgnored",
        "WaitNotInLoop",
        "ThreadJoinLoop",
        "JavaUtilDate"
    })
    private abstract static class Blocking {

        static Object mutiny(Uni<Integer> uni, Multi<Integer> multi) {
            return List.of(
                    multi.subscribe().asIterable(),
                    multi.subscribe().asStream(),
                    uni.await().indefinitely(),
                    uni.await().atMost(Duration.ZERO));
        }

        static void future(Future<?> future) throws Exception {
            future.get();
        }

        static void futureWithTimeout(Future<?> future) throws Exception {
            future.get(1, TimeUnit.SECONDS);
        }

        static void completableFuture(CompletableFuture<?> future) throws Exception {
            future.get();
        }

        static void join(CompletableFuture<?> future) {
            future.join();
        }

        static void kafkaFuture(KafkaFuture<?> future) throws Exception {
            future.get();
        }

        static void forkJoin(ForkJoinTask<?> task) {
            task.invoke();
            task.join();
        }

        static void executor(ExecutorService executor) throws Exception {
            executor.invokeAll(List.of());
            executor.invokeAny(List.of());
            executor.awaitTermination(1, TimeUnit.SECONDS);
        }

        static void completionService(CompletionService<?> service) throws Exception {
            service.take();
            service.poll(1, TimeUnit.SECONDS);
        }

        static void sleep() throws Exception {
            Thread.sleep(1);
        }

        static void joinThread(Thread thread) throws Exception {
            thread.join();
        }

        static void timeUnit(Thread thread) throws Exception {
            TimeUnit.SECONDS.sleep(1);
            TimeUnit.SECONDS.timedJoin(thread, 1);
            TimeUnit.SECONDS.timedWait(thread, 1);
        }

        static void monitor(Object monitor) throws Exception {
            monitor.wait();
        }

        static void take(BlockingQueue<Integer> queue) throws Exception {
            queue.take();
        }

        static void put(BlockingQueue<Integer> queue) throws Exception {
            queue.put(1);
        }

        static void poll(BlockingQueue<Integer> queue) throws Exception {
            queue.poll(1, TimeUnit.SECONDS);
        }

        static void offer(BlockingQueue<Integer> queue) throws Exception {
            queue.offer(1, 1, TimeUnit.SECONDS);
        }

        static void deque(BlockingDeque<Integer> deque) throws Exception {
            deque.takeFirst();
            deque.takeLast();
            deque.putFirst(1);
            deque.putLast(1);
            deque.pollFirst(1, TimeUnit.SECONDS);
            deque.pollLast(1, TimeUnit.SECONDS);
            deque.offerFirst(1, 1, TimeUnit.SECONDS);
            deque.offerLast(1, 1, TimeUnit.SECONDS);
        }

        static void transfer(TransferQueue<Integer> queue) throws Exception {
            queue.transfer(1);
            queue.tryTransfer(1, 1, TimeUnit.SECONDS);
        }

        static void latch(CountDownLatch latch) throws Exception {
            latch.await();
        }

        static void latchWithTimeout(CountDownLatch latch) throws Exception {
            latch.await(1, TimeUnit.SECONDS);
        }

        static void barrier(CyclicBarrier barrier) throws Exception {
            barrier.await();
        }

        static void phaser(Phaser phaser) throws Exception {
            phaser.awaitAdvance(1);
            phaser.awaitAdvanceInterruptibly(1);
            phaser.arriveAndAwaitAdvance();
        }

        static void exchanger(Exchanger<Integer> exchanger) throws Exception {
            exchanger.exchange(1);
        }

        static void semaphore(Semaphore semaphore) throws Exception {
            semaphore.acquire();
            semaphore.acquireUninterruptibly();
        }

        static void semaphoreWithTimeout(Semaphore semaphore) throws Exception {
            semaphore.tryAcquire(1, TimeUnit.SECONDS);
        }

        static void condition(Condition condition) throws Exception {
            condition.await();
            condition.awaitNanos(1);
            condition.awaitUntil(new Date(0));
            condition.awaitUninterruptibly();
        }

        static void park() {
            LockSupport.park();
            LockSupport.parkNanos(1);
            LockSupport.parkUntil(1);
        }

        static Runnable lambda(CompletableFuture<?> future) {
            return () -> future.join();
        }

        static Supplier<?> methodReference(CompletableFuture<?> future) {
            return future::join;
        }
    }

    /** Blocks in none of its methods. */
    @SuppressWarnings({"unused", "UnusedMethod", "CheckReturnValue", "LockNotBeforeTry"})
    private abstract static class Immediate {

        static void queue(BlockingDeque<Integer> queue) {
            queue.offer(1);
            queue.poll();
            queue.pollFirst();
        }

        static void semaphore(Semaphore semaphore) {
            semaphore.tryAcquire();
            semaphore.release();
        }

        static void latch(CountDownLatch latch) {
            latch.countDown();
        }

        static void future(CompletableFuture<Integer> future) {
            future.getNow(1);
            future.complete(1);
        }

        static void lock(ReentrantLock lock) {
            lock.lock();
            lock.unlock();
        }
    }
}
