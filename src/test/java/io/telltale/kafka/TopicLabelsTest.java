package io.telltale.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TopicLabelsTest {

    @Test
    void labelsFurtherTopicsAsOther() {
        TopicLabels labels = new TopicLabels();
        for (int i = 0; i < TopicLabels.MAX_TOPICS; i++) {
            assertThat(labels.of("sensors.t" + i)).isEqualTo("sensors.t" + i);
        }

        assertThat(labels.of("sensors.late")).isEqualTo("other");
        assertThat(labels.of("sensors.t0")).isEqualTo("sensors.t0");
        assertThat(labels.of("sensors.late")).isEqualTo("other");
    }
}
