/**
 * HTTP to Kafka: reads the body of a POST, validates its readings, sends them, answers when Kafka has acknowledged
 * them.
 */
@NullMarked
package io.telltale.post;

import org.jspecify.annotations.NullMarked;
