package io.telltale.page;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The pure functions of the page, run by a browser. Skipped without Chromium. */
@Tag("slow")
class PageModulesTest {

    private static HttpServer server;
    private static Browser browser;

    @BeforeAll
    static void start() throws IOException {
        browser = Browser.start();
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", PageModulesTest::serve);
        server.start();
        browser.open("http://127.0.0.1:%d/page/page.css"
                .formatted(server.getAddress().getPort()));
    }

    @AfterAll
    static void close() {
        if (server != null) {
            server.stop(0);
        }
        if (browser != null) {
            browser.close();
        }
    }

    private static void serve(HttpExchange exchange) throws IOException {
        PageFile file =
                Objects.requireNonNull(PageFile.read(exchange.getRequestURI().getPath()));
        exchange.getResponseHeaders().set("Content-Type", file.mediaType());
        exchange.sendResponseHeaders(200, file.plain().length());
        exchange.getResponseBody().write(file.plain().getBytes());
        exchange.close();
    }

    /** Each expression, evaluated with all exports of a module in scope, as JSON. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            time      | parseInstant('now-15m', 1e6)                                    | 100000
            time      | parseInstant('2026-01-31T12:00:00+01:00', 0)                    | 1769857200000
            time      | parseInstant('1769857200000', 0)                                | 1769857200000
            time      | parseInstant('2026-02-31', 0)                                   | null
            time      | formatUtc(parseInstant(formatLocal(1769857200123), 0))          | "2026-01-31T11:00:00.123Z"
            time      | formatSecond(1769857200123) + formatTimeOfDay(5).slice(-3) === formatLocal(1769857200123).replace('.123', ':00') | true
            time      | 'problem' in parseRange('now', 'now-1h', 1e9)                   | true
            time      | parseRange('now-1h', 'yesterday', 1e9).problem.slice(0, 11)     | "“yesterday”"
            time      | toApiTime('now-1h', 0)                                          | "now-1h"
            time      | [1e3, 42e3, 3e5, 9e6, 9e8].map(ms => formatAge(ms)).join()      | "now,42 s,5 min,3 h,10 d"
            time      | parseDuration('PT1M30S')                                        | 90000
            time      | parseDuration(undefined)                                        | null
            intervals | chooseInterval(0, 3600e3, 1200)                                 | {"ms":15000,"iso":"PT15S"}
            intervals | chooseInterval(0, 86400e3 * 30, 900)                            | {"ms":10800000,"iso":"PT3H"}
            intervals | describeInterval('PT5M') + ', ' + describeInterval('P1M')       | "windows of 5 min, windows of 1 month"
            router    | parseRoute('#/sensor?id=a:b&id=c').params.getAll('id')          | ["a:b","c"]
            fleet-filters | filtersOf(new URLSearchParams('site=a&label.floor=2&label.x=&q=b')) | {"site":"a","label.floor":"2"}
            router    | parseRoute('#/nothing').view                                    | "fleet"
            router    | formatRoute('sensor', new URLSearchParams({ id: 'a:b', q: '' })) | "#/sensor?id=a:b"
            export    | csvField('a"b')                                                 | "\\"a\\"\\"b\\""
            export    | csvField('=1+1') + csvField(-5)                                 | "'=1+1-5"
            export    | shellQuote("it's")                                              | "'it'\\\\''s'"
            export    | toCurl(['x'], 'ApiKey secret').includes('secret')               | false
            values    | [0.123456, 81.5, 12345678, true].map(formatValue).join()        | "0.1235,81.5,12345678,true"
            rates     | rates({ replica: 'a', received: 5 }, { replica: 'b', received: 9 }, 1000) | null
            rates     | rates({ received: 5, stored: 0 }, { received: 9, stored: 1 }, 2000)       | {"received":2,"stored":0.5,"rejected":0}
            rates     | meanMillis({ latency: { stored: { count: 2, seconds: 1 } } }, { latency: { stored: { count: 6, seconds: 2 } } }) | {"stored":250,"event":null}
            rates     | meanMillis({ latency: { stored: { count: 2, seconds: 1 } } }, { replica: 'b', latency: { stored: { count: 6, seconds: 2 } } }).stored | null
            rates     | [describePeriod(null, 9), describePeriod({}, 2010), describePeriod({}, 300e3)].join() | ",mean of 2 s,mean of 5 min"
            values    | [8.25, 312.4, 4210, null].map(formatMillis).join()              | "8.3 ms,312 ms,4.2 s,–"
            letters   | [bytesOf('a'), bytesOf(undefined, 'AAE='), bytesOf()].map(one => one.text + one.isBase64).join() | "afalse,AAE=true,false"
            service-state | headline({ ready: true, kafka: { up: true }, cassandra: { up: true, nodes: [{ state: 'up' }] } }) | {"state":"up","text":"Everything answers"}
            service-state | headline({ ready: true, kafka: { up: true }, cassandra: { up: true, nodes: [{ state: 'down', address: 'h:9042', dataCenter: 'dc1' }, { state: 'up' }] } }) | {"state":"partly","text":"Cassandra node h:9042 (data center dc1) is down"}
            service-state | headline({ ready: true, kafka: { up: true }, cassandra: { up: true, nodes: [{ state: 'down', dataCenter: 'dc1' }] } }).text | "A Cassandra node of data center dc1 is down"
            service-state | headline({ kafka: { up: false, since: '2026-01-31T11:00:00Z' }, cassandra: true }).text.slice(-27) | " (2026-01-31T11:00:00.000Z)"
            history   | windowsUrl([{ id: 'a/b', kind: 'number' }], 'now-1h', 'now', 'PT1M').pathname | "/page/api/v1/sensors/a%2Fb/aggregates"
            history   | windowsUrl(['a', 'b'].map(id => ({ id, kind: 'number' })), 'now-1h', 'now', 'PT1M').search.slice(0, 31) | "?sensor=a&sensor=b&by=sensor&fr"
            history   | windowsUrl([{ id: 'a', kind: 'number' }, { id: 'b', kind: 'string' }], '0', '1', 'PT1M').searchParams.get('functions') | "count,min,max,avg,last"
            history   | metaOf(new Headers({ 'telltale-complete': 'false', 'telltale-reason': 'ingest-lag', 'telltale-ingested-through': 'a=1, b=2' })) | {"complete":false,"reason":"ingest-lag","ingestedThrough":{"a":"1","b":"2"}}
            service-state | hidesAddresses({ cassandra: { nodes: [{ state: 'up' }] } }) | true
            columns   | isolatedPositions([1, null, 2, undefined, null, 3, 4])          | [0,2]
            columns   | nearestPoint([{ ms: 1, value: 1 }, { ms: 9, value: 2 }], 6).ms  | 9
            series    | withGaps([1, 2, 9].map(ms => ({ ms, value: 1 })), 3).map(p => p.value) | [1,1,null,1]
            chart-data | isShortLag({ reason: 'ingest-lag', ingestedThrough: { a: '1970-01-01T00:00:09Z' } }, 6e4) | true
            chart-data | lossOf(4, 5) + lossOf(-Infinity, 0) + lossOf(5, 5).slice(0, 20) | "Live readings up to "
            newest-hint | newestBefore([{ series: { newest: { ms: 5 }, sensor: { id: 'a' } }, points: [] }], 9) | {"id":"a","ms":5}
            newest-hint | newestBefore([{ series: { newest: { ms: 5 }, sensor: { id: 'a' } }, points: [] }], 5) | null
            newest-hint | newestBefore([{ series: { newest: { ms: 5 } }, points: [{ count: 1 }] }], 9) | null
            stream    | waitMs(0, 1) + waitMs(20, 1)                                    | 15500
            """)
    void computes(String module, String expression, String expected) {
        String body = "with (await import('/page/%s.js')) { return JSON.stringify((%s) ?? null); }";
        assertThat(browser.run(body.formatted(module, expression))).isEqualTo(expected);
    }

    /** The command carries the kind of the credential, never the credential. */
    @Test
    void explainsHowToSendTheFirstReading() {
        assertThat(browser.run("""
                        const { firstReading } = await import('/page/fleet-empty.js');
                        const open = firstReading();
                        sessionStorage.setItem('telltale.credential', 'Bearer secret');
                        const secured = firstReading();
                        sessionStorage.clear();
                        return [open, secured].map(text => text.replace(/:\\d{5,}/g, ':0')).join('\\n');
                        """)).isEqualTo("""
                        curl -sS 'http://127.0.0.1:0/page/api/v1/readings' -H 'Content-Type: application/json' \
                        -d '{"sensorId":"boiler-7","type":"temperature","timestamp":0,"value":81.5,"unit":"Cel","site":"plant-2"}'
                        curl -sS -H "Authorization: Bearer $TELLTALE_CREDENTIAL" 'http://127.0.0.1:0/page/api/v1/readings' \
                        -H 'Content-Type: application/json' \
                        -d '{"sensorId":"boiler-7","type":"temperature","timestamp":0,"value":81.5,"unit":"Cel","site":"plant-2"}'""");
    }

    /** Events arrive in pieces of any size. */
    @ParameterizedTest
    @CsvSource({"1", "3", "1000"})
    void parsesEvents(int pieceLength) {
        assertThat(browser.run("""
                        const { eventParser } = await import('/page/events.js');
                        const text = 'retry: 9\\n\\nid: a\\n: on\\n\\nid: b\\ndata: 1\\ndata: 2\\n\\nevent: gap\\r\\ndata: x\\r\\n\\r\\n';
                        const seen = [];
                        const parse = eventParser(event => seen.push(Object.values(event).join()), id => seen.push('#' + id));
                        for (let i = 0; i < text.length; i += %d) {
                          parse(text.slice(i, i + %d));
                        }
                        return seen.join(' ').replaceAll('\\n', '/');
                        """.formatted(pieceLength, pieceLength))).isEqualTo("# #a message,1/2,b #b gap,x,b #b");
    }

    /** A window of history goes on with live readings, and those of a later window begin a new one. */
    @ParameterizedTest
    @CsvSource({"5", "4000"})
    void continuesWindowsWithLiveReadings(int readings) {
        assertThat(browser.run("""
                        const { Series } = await import('/page/series.js');
                        const series = new Series({ id: 'a', unit: '', kind: 'number', expectedMs: NaN });
                        const at = ms => new Date(ms).toISOString();
                        series.setWindows([{ start: at(0), end: at(5000), count: 5, min: 1, max: 3, avg: 2 }], 10000, 5000);
                        const isLate = !series.add(4000, 9);
                        for (let i = 0; i < %d; i++) {
                          series.add(5000 + i, 4);
                        }
                        series.add(25000, 7);
                        const points = series.points().map(({ count, min, max, value }) => [count, min, max, value]);
                        const count = points[0][0];
                        return isLate && count === 5 + %d && Math.abs(points[0][3] - (10 + 4 * %d) / count) < 1e-9
                            ? JSON.stringify(points.slice(1)) : JSON.stringify(points);
                        """.formatted(readings, readings, readings)))
                .isEqualTo("[[0,null,null,null],[1,7,7,7]]");
    }

    /** Shredded sensors and deleted readings leave the list; what the stream has just reported stays. */
    @Test
    void dropsWhatWholeListsLack() {
        assertThat(browser.run("""
                        const { FleetModel, isStale } = await import('/page/fleet-model.js');
                        const model = new FleetModel();
                        const at = ms => new Date(ms).toISOString();
                        const list = (now, sensors, readings) => {
                          const listing = model.beginListing(now);
                          sensors.forEach(id => model.describe({ sensorId: id, type: 't', expectedInterval: 'PT1S' }, listing));
                          readings.forEach(([sensorId, ms]) =>
                            model.observeListed({ sensorId, timestamp: at(ms), value: ms }, listing));
                          model.endListing(listing);
                          return model.select({ words: '', isStaleOnly: false }, now).map(row => `${row.id} ${row.value}`);
                        };
                        const seen = [];
                        seen.push(list(0, ['a', 'b', 'c', 'd'], [['a', 9], ['b', 9], ['c', 9]]));
                        const stale = model.select({ words: '', isStaleOnly: true }, 10).map(row => row.id);
                        model.observe({ sensorId: 'c', timestamp: at(12), value: 12 }, 500000);
                        model.observe({ sensorId: 'e', timestamp: at(12), value: 12 }, 500000);
                        seen.push(list(600000, ['b', 'c', 'd'], [['b', 5], ['c', 9]]));
                        seen.push(list(700000, ['b', 'c', 'd'], [['c', 9]]));
                        return JSON.stringify([...seen.map(rows => rows.join()), stale, model.staleCount(1e6)]);
                        """))
                .isEqualTo(
                        "[\"a 9,b 9,c 9,d undefined\",\"b 5,c 12,d undefined,e 12\",\"b undefined,c 9,d undefined\",[\"d\"],3]");
    }

    /**
     * Also while history cannot be loaded, which takes the place of live readings. The view reports what is dropped.
     */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void keepsABoundedNumberOfLiveReadings(boolean isRaw) {
        assertThat(browser.run("""
                        const { Series } = await import('/page/series.js');
                        const series = new Series({ id: 'a', unit: '', kind: 'number', expectedMs: NaN });
                        const isRaw = %s;
                        const set = () => isRaw ? series.setReadings([], 0) : series.setWindows([], 1000, 0);
                        set();
                        let most = 0;
                        for (let i = 0; i < 30000; i++) {
                          series.add(i, 1);
                          if (i %% 1000 === 999) {
                            most = Math.max(most, series.points().reduce((sum, { count }) => sum + count, 0));
                          }
                        }
                        const points = series.points();
                        const dropped = series.droppedMs;
                        const isOldest = (points[0].start ?? points[0].ms) <= dropped + 1 && dropped < 30000 - 4000;
                        set();
                        return JSON.stringify([most <= 8000, isOldest, points.at(-1).count > 0, series.droppedMs]);
                        """.formatted(isRaw))).isEqualTo("[true,true,true,null]");
    }
}
