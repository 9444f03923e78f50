package io.telltale.local;

/** What can be done to a server of the stack, from outside. */
interface ServerLifecycle {

    /** Starts it, on the data of before if there is some, and returns when it answers. Nothing if it runs. */
    void start();

    /** SIGTERM: it hands over and closes what it has open. Nothing if it does not run. */
    void stop();

    /** SIGKILL: what a crash is. Nothing if it does not run. */
    void kill();

    /** SIGSTOP: it is there, and does not answer. */
    void pause();

    /** SIGCONT. Nothing if it is not paused. */
    void resume();

    boolean isAlive();

    /** The process that runs now, or ran last. */
    long pid();
}
