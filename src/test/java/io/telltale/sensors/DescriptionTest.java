package io.telltale.sensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DescriptionTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Cel",
                "%RH",
                "/",
                "deg C",
                "\u00b0C",
                "\u00b5g/m\u00b3",
                "\u03a9",
                "\u20ac/kWh",
                "\u6444\u6c0f\u5ea6",
                "\ud83c\udf21"
            })
    void acceptsPrintableUnits(String unit) {
        assertThat(Description.isUnit(unit)).isTrue();
        assertThat(new Description(unit, null).unit()).isEqualTo(unit);
    }

    @Test
    void countsTheCharactersOfAUnitAsCodePoints() {
        assertThat(Description.isUnit("x".repeat(16))).isTrue();
        assertThat(Description.isUnit("\ud83c\udf21".repeat(16))).isTrue();
        assertThat(Description.isUnit("o\u0302\u0323".repeat(16))).isTrue();
        assertThat(Description.isUnit("x".repeat(17))).isFalse();
        assertThat(Description.isUnit("\u00b0".repeat(17))).isFalse();
        assertThat(Description.isUnit("\ud83c\udf21".repeat(17))).isFalse();
        assertThat(Description.isUnit("x".repeat(60_000))).isFalse();
        assertThat(Description.isUnit("\u00b0".repeat(60_000))).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "\u2126, \u03a9", // OHM SIGN
        "\u212b, \u00c5", // ANGSTROM SIGN
        "A\u030a, \u00c5",
        "\u00b5m, \u00b5m", // MICRO SIGN stays: it is only compatible with the Greek letter.
        "\u2103, \u2103", // DEGREE CELSIUS, likewise
    })
    void normalizesUnits(String unit, String normalized) {
        assertThat(Description.of(unit, null).unit()).isEqualTo(normalized);
        assertThat(Description.of(normalized, null)).isEqualTo(Description.of(unit, null));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                " Cel",
                "Cel ",
                "a\tb",
                "a\u0000",
                "\u007f",
                "\u0085",
                "a\u00a0b",
                "a\u2003b",
                "\u200b",
                "\u202eC",
                "\ue000",
                "\ud83c",
                "\udf21",
                "\uffff",
                "a\u2028b"
            })
    void refusesUnitsThatAreNotPrintable(String unit) {
        assertThat(Description.isUnit(unit)).isFalse();
        assertThatIllegalArgumentException().isThrownBy(() -> new Description(unit, null));
    }

    @ParameterizedTest
    @ValueSource(strings = {"plant-2", "Plant 2", "a", "0", "a  b", "north:hall_2.x"})
    void acceptsSites(String site) {
        assertThat(new Description(null, site).site()).isEqualTo(site);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", " a", "a ", "a/b", "_", "k\u00f6ln", "a\u00a0b", "a\tb"})
    void refusesOtherSites(String site) {
        assertThat(Description.isSite(site)).isFalse();
        assertThat(Description.isSite("x".repeat(65))).isFalse();
        assertThatIllegalArgumentException().isThrownBy(() -> new Description(null, site));
    }
}
