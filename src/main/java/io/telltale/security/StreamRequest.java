package io.telltale.security;

import io.telltale.api.QueryFingerprint;
import io.telltale.api.StreamTickets;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A request for a stream, as far as tickets depend on it. */
final class StreamRequest {

    private static final String LAST_EVENT_ID = "lastEventId";
    private static final String SENSOR = "sensor";

    /** Compared with the path as it was sent: no other spelling of it takes a ticket. */
    private static final Pattern PATH =
            Pattern.compile("/api/v1/(?:readings/stream|sensors/([A-Za-z0-9._:-]{1,128})/readings/stream)");

    private StreamRequest() {}

    /** The ticket of a request for a stream; null without one. The resource refuses what does not look like one. */
    static @Nullable String ticket(RoutingContext request) {
        HttpServerRequest sent = request.request();
        boolean isRead = sent.method().equals(HttpMethod.GET) || sent.method().equals(HttpMethod.HEAD);
        boolean hasTicket = sent.query() != null && sent.query().contains(StreamTickets.PARAMETER + "=");
        if (!isRead || !hasTicket || !PATH.matcher(String.valueOf(sent.path())).matches()) {
            return null;
        }
        List<String> tickets;
        try {
            tickets = request.queryParams().getAll(StreamTickets.PARAMETER);
        } catch (RuntimeException malformed) {
            // The resource refuses the query.
            return null;
        }
        return tickets.size() == 1 && StreamTickets.isForm(tickets.get(0)) ? tickets.get(0) : null;
    }

    /** Whether a client resumes a stream, so it has received an id. */
    static boolean isResumed(RoutingContext request) {
        String header = request.request().getHeader("Last-Event-ID");
        String parameter = request.queryParams().get(LAST_EVENT_ID);
        return (header != null && !header.isEmpty()) || (parameter != null && !parameter.isEmpty());
    }

    /** The fingerprint of a request for a stream. The path of one sensor is the same as parameter {@code sensor}. */
    static long fingerprint(RoutingContext request) {
        Map<String, List<String>> query = new TreeMap<>();
        MultiMap parameters = request.queryParams();
        parameters.names().forEach(name -> query.put(name, parameters.getAll(name)));
        Matcher path = PATH.matcher(String.valueOf(request.request().path()));
        if (path.matches() && path.group(1) != null) {
            query.put(SENSOR, List.of(path.group(1)));
        }
        return fingerprint(query);
    }

    /**
     * The fingerprint of the parameters of a stream. Neither their order counts, nor that of sensors, nor a default.
     */
    static long fingerprint(Map<String, List<String>> query) {
        List<String> parts = new ArrayList<>();
        parts.add("stream");
        new TreeMap<>(query).forEach((name, values) -> {
            boolean isOfConnection = name.equals(StreamTickets.PARAMETER) || name.equals(LAST_EVENT_ID);
            boolean isDefault = name.equals("mode") && values.equals(List.of("every"));
            if (!isOfConnection && !isDefault) {
                Set<String> distinct = new TreeSet<>(values);
                parts.add(name);
                parts.add(Integer.toString(distinct.size()));
                parts.addAll(distinct);
            }
        });
        return QueryFingerprint.of(parts).bits();
    }
}
