package io.telltale.security;

import static org.assertj.core.api.Assertions.assertThat;

import io.telltale.api.StreamTickets;
import io.telltale.sealing.DataKey;
import io.telltale.sealing.KeyWrapping;
import io.telltale.sensors.Scope;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Proxy;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The text of an object that holds a secret, in a log or an exception, does not contain it. */
class SecretTextsTest {

    private static final List<Class<?>> PACKAGES =
            List.of(SecuritySwitch.class, KeyWrapping.class, StreamTickets.class);

    /** The content of one component of a record: a text, or an array of bytes. */
    private static final String SECRET = "quagga-secret";

    /** The components of records that are no secrets. A new one is a secret until it is here. */
    private static final Set<String> PUBLIC_COMPONENTS = Set.of(
            "ApiKey.name",
            "Caller.name",
            "CallerCredential.caller",
            "Cleartext.enabled",
            "Cleartext.primary",
            "Operation.name",
            "Pattern.text",
            "Problem.detail",
            "Problem.members",
            "RefusedRequest.accept",
            "RefusedRequest.consumed",
            "RefusedRequest.contentType",
            "RefusedRequest.method",
            "RefusedRequest.methods",
            "RefusedRequest.path",
            "RefusedRequest.produced",
            "TicketText.name");

    @Test
    void theTextOfARecordHasNoSecret() throws Exception {
        Set<String> shown = new TreeSet<>();
        int records = 0;
        for (Class<?> type : classes()) {
            if (type.isRecord()) {
                records++;
                for (RecordComponent component : type.getRecordComponents()) {
                    if (containsSecret(instance(type, component).toString())) {
                        shown.add(type.getSimpleName() + "." + component.getName());
                    }
                }
            }
        }
        assertThat(records).isGreaterThan(8);
        assertThat(shown).isEqualTo(new TreeSet<>(PUBLIC_COMPONENTS));
    }

    /** Of the other classes with fields that may be secrets, only this one has a text of its own. */
    @Test
    void otherClassesWithSecretsHaveNoToString() throws Exception {
        Set<String> withToString = new TreeSet<>();
        for (Class<?> type : classes()) {
            if (!type.isRecord() && !type.isEnum() && hasSecretField(type) && overridesToString(type)) {
                withToString.add(type.getSimpleName());
            }
        }
        assertThat(withToString).containsExactly("DataKey");
        byte[] key = DataKey.randomBytes();
        assertThat(new DataKey(7, key).toString()).isEqualTo("data key 7");
    }

    private static boolean hasSecretField(Class<?> type) {
        return Arrays.stream(type.getDeclaredFields())
                .filter(field -> !Modifier.isStatic(field.getModifiers()))
                .map(Field::getType)
                .anyMatch(field -> field == byte[].class
                        || field == String.class
                        || field.getName().startsWith("com.google.crypto.")
                        || field.getName().startsWith("javax.crypto."));
    }

    private static boolean overridesToString(Class<?> type) throws NoSuchMethodException {
        Class<?> declaring = type.getMethod("toString").getDeclaringClass();
        return declaring.getName().startsWith("io.telltale.");
    }

    private static boolean containsSecret(String text) {
        byte[] bytes = SECRET.getBytes(StandardCharsets.US_ASCII);
        String list = Arrays.toString(bytes);
        return Stream.of(
                        SECRET,
                        Base64.getEncoder()
                                .withoutPadding()
                                .encodeToString(bytes)
                                .substring(0, 16),
                        HexFormat.of().formatHex(bytes),
                        list.substring(1, list.length() - 1))
                .anyMatch(text::contains);
    }

    /** An instance in which one component has the secret. */
    private static Object instance(Class<?> type, RecordComponent secret) throws ReflectiveOperationException {
        RecordComponent[] components = type.getRecordComponents();
        Class<?>[] types =
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        Object[] values = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            String text = components[i].getName().equals(secret.getName()) ? SECRET : "";
            values[i] = value(components[i].getGenericType(), text);
        }
        Constructor<?> constructor = type.getDeclaredConstructor(types);
        constructor.setAccessible(true);
        return constructor.newInstance(values);
    }

    private static Object value(Type generic, String text) {
        Class<?> type = (Class<?>) (generic instanceof ParameterizedType outer ? outer.getRawType() : generic);
        Type first = generic instanceof ParameterizedType outer ? outer.getActualTypeArguments()[0] : Object.class;
        if (type == String.class) {
            return text;
        } else if (type == byte[].class) {
            return text.getBytes(StandardCharsets.US_ASCII);
        } else if (type == long.class) {
            return 0L;
        } else if (type == int.class) {
            return 0;
        } else if (type == boolean.class) {
            return false;
        } else if (type == List.class) {
            return List.of(value(first, text));
        } else if (type == Set.class) {
            return Set.of(value(first, text));
        } else if (type == Map.class) {
            return Map.of("member", text);
        } else if (type == Duration.class) {
            return Duration.ZERO;
        } else if (type == Scope.class) {
            return Scope.EVERYTHING;
        } else if (type == ApiKey.class) {
            byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
            return new ApiKey("name", bytes, bytes, Set.of(), Scope.EVERYTHING, 0);
        } else if (type.isEnum()) {
            return type.getEnumConstants()[0];
        } else if (type.isInterface()) {
            return Proxy.newProxyInstance(
                    type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> "a " + type.getName());
        }
        throw new AssertionError("add a value of " + type);
    }

    private static List<Class<?>> classes() throws Exception {
        List<Class<?>> classes = new ArrayList<>();
        for (Class<?> known : PACKAGES) {
            Path root = Path.of(
                    known.getProtectionDomain().getCodeSource().getLocation().toURI());
            String directory = known.getPackageName().replace('.', '/');
            try (Stream<Path> files = Files.walk(root.resolve(directory))) {
                for (Path file :
                        files.filter(path -> path.toString().endsWith(".class")).toList()) {
                    String name =
                            root.relativize(file).toString().replace('/', '.').replaceAll("\\.class$", "");
                    if (!name.endsWith("package-info")) {
                        classes.add(Class.forName(name, false, known.getClassLoader()));
                    }
                }
            }
        }
        return classes;
    }
}
