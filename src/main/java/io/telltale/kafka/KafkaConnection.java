package io.telltale.kafka;

import io.quarkus.kafka.client.runtime.KafkaRuntimeConfigProducer;
import io.quarkus.runtime.ApplicationConfig;
import io.smallrye.common.annotation.Identifier;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.Map;
import org.apache.kafka.common.config.SslConfigs;
import org.eclipse.microprofile.config.Config;

/**
 * The settings of the connection to Kafka, {@code kafka.*}, which all clients of the service have in common. They
 * replace those of Quarkus, whose SSL engine keeps the certificates of the start.
 */
@Singleton
class KafkaConnection {

    @Produces
    @Singleton
    @Identifier("default-kafka-broker")
    Map<String, Object> settings(Config config, ApplicationConfig application) {
        return withReloadedTls(new KafkaRuntimeConfigProducer().createKafkaRuntimeConfig(config, application));
    }

    /** The name moves to another key: by the original one, the messaging extension would restore its own SSL engine. */
    static Map<String, Object> withReloadedTls(Map<String, Object> settings) {
        Object name = settings.remove(KafkaRuntimeConfigProducer.TLS_CONFIG_NAME_KEY);
        if (name != null) {
            settings.put(KafkaSslEngineFactory.NAME_KEY, name);
            settings.put(SslConfigs.SSL_ENGINE_FACTORY_CLASS_CONFIG, KafkaSslEngineFactory.class.getName());
        }
        return settings;
    }
}
