package io.telltale.evaluate.partitioning;

import com.datastax.oss.driver.api.core.metadata.TokenMap;
import io.telltale.evaluate.partitioning.Scheme.Place;
import io.telltale.sensors.SensorId;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** Places the writes of a day on nodes, by the tokens that the driver computes. Writes nothing. */
final class WriteBalance {

    private static final int HOURS = 24;
    private static final long HOUR_MILLIS = Duration.ofHours(1).toMillis();

    private final SchemeTable table;
    private final TokenMap tokens;
    private final Fleet fleet;
    private final Map<Place, Long> tokenByPlace = new HashMap<>();

    /**
     * The skew of the busiest node.
     *
     * @param mean over 24 moments of a day, an hour apart
     * @param worst of these moments
     * @param day of all moments together
     */
    record Skew(double mean, double worst, double day) {}

    WriteBalance(SchemeTable table, Fleet fleet) {
        this.table = table;
        this.fleet = fleet;
        this.tokens = table.session().getMetadata().getTokenMap().orElseThrow();
    }

    /**
     * How unevenly the nodes receive writes.
     *
     * @param hot how many readings the first sensor sends while each of the others sends one
     */
    Skew skew(double hot) {
        SensorId[] ids = fleet.ids();
        NodeBalance.Count day = new NodeBalance.Count();
        double sum = 0;
        double worst = 0;
        for (int hour = 0; hour < HOURS; hour++) {
            NodeBalance.Count moment = new NodeBalance.Count();
            for (int sensor = 0; sensor < ids.length; sensor++) {
                long token = token(table.scheme().placeOf(ids[sensor], fleet.startMillis() + hour * HOUR_MILLIS));
                double readings = sensor == 0 ? hot : 1;
                moment.add(token, readings);
                day.add(token, readings);
            }
            double skew = moment.balance().skew();
            sum += skew;
            worst = Math.max(worst, skew);
        }
        return new Skew(sum / HOURS, worst, day.balance().skew());
    }

    private long token(Place place) {
        return tokenByPlace.computeIfAbsent(
                place, unknown -> Long.parseLong(tokens.format(tokens.newToken(table.routingKey(unknown)))));
    }
}
