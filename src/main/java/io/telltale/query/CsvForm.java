package io.telltale.query;

import io.telltale.api.Parameters;
import io.telltale.api.Problem;
import io.telltale.wire.CsvEncoder;

/** The forms of values in CSV: the values of parameter {@code csv}. */
enum CsvForm {
    EXACT(CsvEncoder.EXACT),
    SPREADSHEET(CsvEncoder.SPREADSHEET);

    private final CsvEncoder encoder;

    CsvForm(CsvEncoder encoder) {
        this.encoder = encoder;
    }

    CsvEncoder encoder() {
        return encoder;
    }

    /** The form for a request; {@code exact} by default, which other formats accept, too. */
    static CsvForm of(Parameters parameters, ResponseFormat format) {
        CsvForm form = parameters.choice("csv", CsvForm.class).orElse(EXACT);
        if (form != EXACT && format != ResponseFormat.CSV) {
            throw Problem.badParameter("csv", "spreadsheet", "exact; only format csv takes another value")
                    .exception();
        }
        return form;
    }
}
