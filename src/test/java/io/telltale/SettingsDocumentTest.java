package io.telltale;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import io.smallrye.config.WithName;
import io.smallrye.config.common.utils.StringUtil;
import io.telltale.ingest.IngestConfig;
import io.telltale.live.LiveConfig;
import io.telltale.post.PostConfig;
import io.telltale.query.QueryConfig;
import io.telltale.sealing.SealingConfig;
import io.telltale.security.SecurityConfig;
import io.telltale.store.MergingConfig;
import io.telltale.store.PackingConfig;
import io.telltale.store.StoreConfig;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SettingsDocumentTest {

    private static final Path DOCUMENT = Path.of("docs", "settings.md");
    private static final List<Class<?>> CONFIGS = List.of(
            StoreConfig.class,
            PackingConfig.class,
            MergingConfig.class,
            IngestConfig.class,
            PostConfig.class,
            QueryConfig.class,
            LiveConfig.class,
            SecurityConfig.class,
            SealingConfig.class);

    @Test
    void everySettingIsDocumentedWithItsDefaultAndNoOther() throws Exception {
        Map<String, Optional<String>> documented = documented();
        Map<String, Optional<String>> settings = new TreeMap<>();
        for (Class<?> config : CONFIGS) {
            collect(config, config.getAnnotation(ConfigMapping.class).prefix(), settings);
        }
        assertThat(settings).hasSizeGreaterThan(30);
        // What has no default of the library's says in words what happens without.
        settings.replaceAll(
                (name, value) -> value.isPresent() ? value : documented.getOrDefault(name, Optional.empty()));
        assertThat(documented).isEqualTo(settings);
    }

    private static void collect(Class<?> config, String prefix, Map<String, Optional<String>> settings) {
        for (Method setting : config.getDeclaredMethods()) {
            WithName given = setting.getAnnotation(WithName.class);
            String name = prefix + "." + (given == null ? StringUtil.skewer(setting.getName()) : given.value());
            if (setting.getReturnType().isMemberClass()
                    && CONFIGS.contains(setting.getReturnType().getDeclaringClass())) {
                collect(setting.getReturnType(), name, settings);
            } else {
                WithDefault otherwise = setting.getAnnotation(WithDefault.class);
                settings.put(
                        setting.getReturnType() == Map.class ? name + ".<type>" : name,
                        Optional.ofNullable(otherwise).map(WithDefault::value));
            }
        }
    }

    /** The default is the last cell of a row, in backquotes unless it is said in words. */
    private static Map<String, Optional<String>> documented() throws Exception {
        Map<String, Optional<String>> documented = new TreeMap<>();
        try (Stream<String> lines = Files.lines(DOCUMENT)) {
            lines.filter(line -> line.startsWith("| `telltale.")).forEach(line -> {
                String[] cells = line.split("\\|", -1);
                String value = cells[cells.length - 2].strip();
                documented.put(
                        cells[1].strip().replace("`", ""),
                        value.startsWith("`") ? Optional.of(value.replace("`", "")) : Optional.empty());
            });
        }
        return documented;
    }
}
