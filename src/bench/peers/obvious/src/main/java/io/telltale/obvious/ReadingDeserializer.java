package io.telltale.obvious;

import io.quarkus.kafka.client.serialization.ObjectMapperDeserializer;

/** As the guides of Quarkus have it. */
public class ReadingDeserializer extends ObjectMapperDeserializer<Reading> {

    public ReadingDeserializer() {
        super(Reading.class);
    }
}
