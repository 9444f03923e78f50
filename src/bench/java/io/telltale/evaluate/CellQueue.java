package io.telltale.evaluate;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Cells by environment: in the order in which environments first occur, and within one in the order of the chapters.
 */
record CellQueue(List<Group> groups) {

    /** A cell and the name of its chapter. */
    record Item(String chapter, Cell cell) {}

    /** Cells that run on one start of an environment. */
    record Group(Environment<?> environment, List<Item> items) {

        Group {
            items = List.copyOf(items);
        }
    }

    CellQueue {
        groups = List.copyOf(groups);
    }

    /** The cells that the options select: the one that is named, or the quick ones, or all. */
    static CellQueue select(List<Chapter> chapters, EvaluateOptions options) {
        List<Item> selected = new ArrayList<>();
        for (Chapter chapter : chapters) {
            for (Cell cell : chapter.cells()) {
                Item item = new Item(chapter.name(), cell);
                if (isSelected(item, options)) {
                    selected.add(item);
                }
            }
        }
        return of(selected);
    }

    private static boolean isSelected(Item item, EvaluateOptions options) {
        if (options.cell().isPresent()) {
            return options.cell().get().equals(item.cell().name());
        }
        if (options.chapter().isPresent() && !options.chapter().get().equals(item.chapter())) {
            return false;
        }
        return options.isFull() || item.cell().isQuick();
    }

    private static CellQueue of(List<Item> items) {
        Map<String, List<Item>> byEnvironment = new LinkedHashMap<>();
        for (Item item : items) {
            byEnvironment
                    .computeIfAbsent(item.cell().environment().name(), first -> new ArrayList<>())
                    .add(item);
        }
        return new CellQueue(byEnvironment.values().stream()
                .map(group -> new Group(group.get(0).cell().environment(), group))
                .toList());
    }

    CellQueue filter(Predicate<Item> isWanted) {
        return of(items().stream().filter(isWanted).toList());
    }

    List<Item> items() {
        return groups.stream().flatMap(group -> group.items().stream()).toList();
    }

    /** How long its cells take, without the starts of environments. */
    Duration estimate() {
        return items().stream().map(item -> item.cell().estimate()).reduce(Duration.ZERO, Duration::plus);
    }
}
