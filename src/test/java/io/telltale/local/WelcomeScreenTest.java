package io.telltale.local;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WelcomeScreenTest {

    @Test
    void namesTheCommandsForReadingsOfTheUser() {
        String commands = WelcomeScreen.openCommands(
                "http://127.0.0.1:8080", new ReadingSource.Example("boiler-1", "temperature", "now-1h"));

        assertThat(commands)
                .contains("header sensorId,type,timestamp,value", "mvn -Plocal -Dreplay=FILE.csv")
                .contains(
                        "{\\\"sensorId\\\":\\\"mine\\\",\\\"type\\\":\\\"temperature\\\",\\\"timestamp\\\":$(date +%s)000,")
                .contains("'http://127.0.0.1:8080/api/v1/readings'\n");
    }
}
