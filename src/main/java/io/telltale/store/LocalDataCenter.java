package io.telltale.store;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.config.DefaultDriverOption;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Checks which data center is local. The driver takes that of the contact points if none is set; of several data
 * centers the operator must choose, since {@code local_} levels and the distance of every request depend on it.
 */
final class LocalDataCenter {

    private static final String KEY = "quarkus.cassandra.local-datacenter";

    private LocalDataCenter() {}

    /** @throws ClusterLimits.ExceededException if the setting is missing or names no data center of the cluster */
    static void check(CqlSession session) {
        Set<String> dataCenters = KeyspaceReplication.nodesByDataCenter(session).keySet();
        check(
                session.getContext()
                        .getConfig()
                        .getDefaultProfile()
                        .getString(DefaultDriverOption.LOAD_BALANCING_LOCAL_DATACENTER, null),
                dataCenters);
    }

    static void check(@Nullable String setting, Set<String> dataCenters) {
        if (dataCenters.isEmpty()) {
            return;
        }
        if (setting == null && dataCenters.size() > 1) {
            throw new ClusterLimits.ExceededException(
                    "%s is not set, and the cluster has several data centers; expected one of %s"
                            .formatted(KEY, String.join(", ", dataCenters)));
        }
        if (setting != null && !dataCenters.contains(setting)) {
            throw new ClusterLimits.ExceededException("%s is %s; expected %s"
                    .formatted(
                            KEY,
                            setting,
                            dataCenters.size() == 1
                                    ? "%s, the only data center of the cluster"
                                            .formatted(dataCenters.iterator().next())
                                    : "one of " + String.join(", ", dataCenters)));
        }
    }
}
