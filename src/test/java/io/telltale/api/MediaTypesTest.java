package io.telltale.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import jakarta.ws.rs.core.MediaType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MediaTypesTest {

    @ParameterizedTest
    @CsvSource({
        "application/ndjson, application/x-ndjson",
        "application/jsonl, application/x-ndjson",
        "application/x-jsonlines, application/x-ndjson",
        "APPLICATION/NDJSON;charset=utf-8, application/x-ndjson;charset=utf-8",
        "application/jsonl ;q=0.5, application/x-ndjson;q=0.5",
        "application/json;q=0.5, application/json;q=0.5",
        "Text/CSV, Text/CSV",
        "nonsense, nonsense"
    })
    void replacesAnAliasAndKeepsParameters(String sent, String replaced) {
        assertThat(MediaTypes.withoutAlias(sent)).isEqualTo(replaced);
    }

    @ParameterizedTest
    @CsvSource({
        "application/json, application/json",
        "Application/JSON;charset=ISO-8859-1, application/json",
        "application/jsonl, application/x-ndjson",
        "application/senml+json; profile=\"x;y\", application/senml+json"
    })
    void findsTheMediaTypeOfABody(String contentType, String mediaType) {
        assertThat(ofBody(contentType)).isEqualTo(mediaType);
    }

    @Test
    void namesAnUnknownOrMissingMediaTypeAndTheAccepted() {
        String expected = "; expected one of application/json, application/x-ndjson, application/senml+json";
        assertRefused(null, "header Content-Type is missing" + expected);
        assertRefused(" ", "header Content-Type is missing" + expected);
        assertRefused("text/plain;charset=utf-8", "header Content-Type is 'text/plain'" + expected);
    }

    private static void assertRefused(@Nullable String contentType, String detail) {
        assertThatExceptionOfType(ProblemException.class)
                .isThrownBy(() -> ofBody(contentType))
                .satisfies(e -> assertThat(e.problem().code()).isEqualTo(ProblemCode.UNSUPPORTED_MEDIA_TYPE))
                .satisfies(e -> assertThat(e.problem().detail()).isEqualTo(detail));
    }

    private static String ofBody(@Nullable String contentType) {
        return MediaTypes.ofBody(contentType, MediaType.APPLICATION_JSON, MediaTypes.NDJSON, MediaTypes.SENML);
    }
}
