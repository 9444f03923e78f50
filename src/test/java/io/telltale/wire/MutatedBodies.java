package io.telltale.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Accepted bodies of every form that the contract documents, and mutations of them. */
public final class MutatedBodies {

    /** The type of the readings in all examples. */
    public static final String TYPE = "mutated";

    private static final Map<String, String> SENML = Map.of("content-type", "application/senml+json");

    /** The prefix of all sensor ids, long enough that a mutated id is not that of another test. */
    private static final String ID = "mutated-sensor-of-plant";

    private MutatedBodies() {}

    /** A body with its record headers. */
    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    public record Example(String name, byte[] body, Map<String, String> headers) {
        @Override
        public String toString() {
            return name;
        }
    }

    /** Record bodies; each is accepted without a key. */
    public static List<Example> records() {
        String id = "\"sensorId\":\"" + ID + "\"";
        return List.of(
                json("all fields", """
                        {"sensorId":"%s-1","type":"%s","timestamp":"2026-01-31T12:34:56.789Z","value":81.5,"unit":"Cel",\
                        "site":"plant-2"}""".formatted(ID, TYPE)),
                json("epoch milliseconds", "{%s,\"timestamp\":1769862896789,\"value\":-40}".formatted(id)),
                json("epoch with a fraction", "{%s,\"timestamp\":1769862896789.0,\"value\":0.1}".formatted(id)),
                json("epoch with an exponent", "{%s,\"timestamp\":1.769862896789e12,\"value\":1E-7}".formatted(id)),
                json("offset without a colon", """
                        {%s,"timestamp":"2026-01-31T13:34:56,5+0100","value":true}""".formatted(id)),
                json("minutes and hours only", """
                        {%s,"timestamp":"2026-01-31 13:34+01","value":false}""".formatted(id)),
                json(
                        "text",
                        "{%s,\"timestamp\":\"2026-01-31t12:34:56z\",\"value\":\"auf \\u00e4\\n😀\"}".formatted(id)),
                json("large integer", "{%s,\"timestamp\":1769862896789,\"value\":-9223372036854775808}".formatted(id)),
                json("Unicode unit, site with a space", """
                        {%s,"timestamp":1769862896789,"value":1,"unit":"µg/m³","site":"Plant 2"}""".formatted(id)),
                json("empty unit and site", """
                        {%s,"timestamp":1769862896789,"value":1,"unit":"","site":"","type":null}""".formatted(id)),
                json("invalid unit and site", """
                        {%s,"timestamp":1769862896789,"value":1,"unit":{"a":[1]},"site":"a/b"}""".formatted(id)),
                json("unknown fields", """
                        {%s,"firmware":{"a":[1,{"b":null}],"value":"x"},"timestamp":1769862896789,"value":1}""".formatted(id)),
                json("byte order mark", "\ufeff{%s,\"timestamp\":1769862896789,\"value\":1}".formatted(id)),
                new Example(
                        "CloudEvent",
                        "{\"value\":7}".getBytes(UTF_8),
                        Map.of("ce_subject", ID, "ce_time", "2026-01-01T01:00:00.5+01:00", "ce_id", "1")),
                pack("pack of one", "[{\"n\":\"%s\",\"u\":\"Cel\",\"v\":23.1}]".formatted(ID)),
                pack("pack of many", """
                        [{"bn":"%s:","bt":1.276020076001e+09,"bu":"A","bver":5,"n":"voltage","u":"V","v":120.1},
                         {"n":"current","t":-5,"v":1.2},{"n":"current","t":-4,"v":1.3},{"n":"open","vb":true},
                         {"n":"label","vs":"Machine Room","u":"°C"},{"n":"sum","v":1,"s":12.5,"ut":10,"x":[{"v":2}]}]""".formatted(ID)),
                pack("pack with base values", """
                        [{"bn":"%s","bt":1769862896,"bv":20,"v":1},{"t":1,"v":2},{"t":2,"v":3,"u":""},{"bt":null,"t":3,"v":4}]""".formatted(ID)));
    }

    /** Bodies of {@code POST /readings}, by media type; packs need the parameter {@code type}. */
    public static List<Example> posts() {
        String reading = """
                {"sensorId":"%s","type":"%s","timestamp":"2026-01-31T12:34:56.789Z","value":81.5,"unit":"Cel"}""".formatted(ID, TYPE);
        return List.of(
                new Example("application/json", reading.getBytes(UTF_8), Map.of()),
                new Example(
                        "application/json",
                        "[%s,\n%s,{\"value\":1}]"
                                .formatted(reading, reading.replace("Cel", "°C"))
                                .getBytes(UTF_8),
                        Map.of()),
                new Example(
                        "application/x-ndjson",
                        "%s\r\n\n%s\n7\n"
                                .formatted(reading, reading.replace("Cel", "°C"))
                                .getBytes(UTF_8),
                        Map.of()),
                new Example(
                        "application/senml+json",
                        "[{\"bn\":\"%s\",\"bu\":\"Cel\",\"t\":-60,\"v\":20.5},{\"v\":21},{\"u\":\"\",\"vs\":\"x\"}]"
                                .formatted(ID)
                                .getBytes(UTF_8),
                        Map.of()));
    }

    private static Example json(String name, String body) {
        return new Example(name, body.getBytes(UTF_8), Map.of());
    }

    private static Example pack(String name, String body) {
        return new Example(name, body.getBytes(UTF_8), SENML);
    }

    /** Flips, cuts, doubles and reorders bytes, one to three times; half of the cuts are between members. */
    public static byte[] mutate(byte[] body, Random random) {
        byte[] mutated = body;
        for (int times = 1 + random.nextInt(3); times > 0 && mutated.length > 0; times--) {
            mutated = mutateOnce(mutated, random);
        }
        return mutated;
    }

    private static byte[] mutateOnce(byte[] body, Random random) {
        boolean isBetweenMembers = random.nextBoolean();
        int[] cuts = new int[3];
        Arrays.setAll(cuts, cut -> cut(body, isBetweenMembers, random));
        Arrays.sort(cuts);
        byte[] head = Arrays.copyOfRange(body, 0, cuts[0]);
        byte[] one = Arrays.copyOfRange(body, cuts[0], cuts[1]);
        byte[] two = Arrays.copyOfRange(body, cuts[1], cuts[2]);
        byte[] tail = Arrays.copyOfRange(body, cuts[2], body.length);
        return switch (random.nextInt(7)) {
            case 0 -> joined(head, two, one, tail); // reordered
            case 1 -> joined(head, one, one, two, tail); // doubled
            case 2 -> joined(head, two, tail); // cut out
            case 3 -> joined(head, one); // cut off
            case 4 -> joined(body, body); // doubled as a whole
            case 5 -> flipped(body, random, 1 << random.nextInt(8));
            default -> flipped(body, random, 1 + random.nextInt(255));
        };
    }

    /** Any position, or one before a comma: whole members keep the body JSON, so that its fields are mutated, too. */
    private static int cut(byte[] body, boolean isBetweenMembers, Random random) {
        int at = random.nextInt(body.length + 1);
        while (isBetweenMembers && at < body.length && body[at] != ',') {
            at++;
        }
        return at;
    }

    private static byte[] flipped(byte[] body, Random random, int bits) {
        byte[] flipped = body.clone();
        flipped[random.nextInt(body.length)] ^= (byte) bits;
        return flipped;
    }

    private static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            joined.writeBytes(part);
        }
        return joined.toByteArray();
    }
}
