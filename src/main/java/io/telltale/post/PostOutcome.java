package io.telltale.post;

import io.telltale.api.Problem;
import io.telltale.api.ProblemCode;
import io.telltale.api.ProblemException;
import io.telltale.post.PostResult.Refusal;
import io.telltale.post.PostResult.Warning;
import io.telltale.sensors.Excerpt;
import io.telltale.wire.DecodeResult.Accepted;
import io.telltale.wire.DecodeResult.Rejected;
import io.telltale.wire.DroppedField;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Collects the outcome of one POST, and turns it into the answer. */
final class PostOutcome {

    /** The maximum number of rejected readings, and of warnings, that the answer lists. */
    static final int MAX_LISTED = 1_000;

    /** Later details are shortened, so that the lists stay within {@link PostSession#WORKING_BYTES}. */
    private static final int MAX_FULL_DETAILS = 100;

    private static final int MAX_SHORT_CHARACTERS = 160;

    private static final String FORBIDDEN = "the sensor is outside the scope of the credential; expected one within it";

    private final List<Refusal> rejected = new ArrayList<>();
    private final List<Warning> warnings = new ArrayList<>();
    private int elements;
    private int accepted;
    private int unlisted;
    private @Nullable Throwable failure;

    /** Counts an element of the body, and lists it if it was rejected or has dropped fields. */
    void addElement(PostedElement element) {
        if (element.isForbidden()) {
            reject(ProblemCode.FORBIDDEN.code(), FORBIDDEN);
        } else if (element.verdict() instanceof Rejected verdict) {
            reject(verdict.reason().code(), verdict.detail());
        } else if (element.verdict() instanceof Accepted verdict) {
            for (DroppedField field : verdict.dropped()) {
                if (warnings.size() < MAX_LISTED) {
                    String detail = "%s; it was dropped".formatted(field.detail());
                    warnings.add(new Warning(elements, bounded(detail, warnings.size())));
                }
            }
        }
        elements++;
    }

    private void reject(String reason, String detail) {
        if (rejected.size() < MAX_LISTED) {
            rejected.add(new Refusal(elements, reason, bounded(detail, rejected.size())));
        } else {
            unlisted++;
        }
    }

    private static String bounded(String detail, int listed) {
        return listed < MAX_FULL_DETAILS ? detail : Excerpt.of(detail, MAX_SHORT_CHARACTERS);
    }

    /** Counts readings that Kafka has acknowledged. */
    void addAccepted(int readings) {
        accepted += readings;
    }

    /** Fails the POST. The first failure is the one in the answer. */
    void fail(Throwable reason) {
        if (failure == null) {
            failure = reason;
        }
    }

    /**
     * The answer.
     *
     * @throws ProblemException if the POST failed, or Kafka has none of its readings; says how many were accepted
     */
    PostResult result() {
        if (failure instanceof ProblemException reason) {
            Problem problem = reason.problem();
            throw new ProblemException(
                    withReadings(Problem.of(
                            problem.code(), "%s; %d readings were accepted".formatted(problem.detail(), accepted))),
                    reason.getCause());
        }
        if (failure != null) {
            throw new IllegalStateException("a POST failed after %d accepted readings".formatted(accepted), failure);
        }
        if (accepted == 0) {
            throw withReadings(Problem.of(
                            ProblemCode.NOTHING_ACCEPTABLE,
                            elements == 0
                                    ? "body has no reading; expected at least one"
                                    : "none of %d readings was accepted; rejected has the reasons".formatted(elements)))
                    .exception();
        }
        return new PostResult(accepted, rejected, unlisted, warnings);
    }

    private Problem withReadings(Problem problem) {
        Problem extended = problem.with("accepted", accepted).with("rejected", rejected);
        return unlisted == 0 ? extended : extended.with("unlisted", unlisted);
    }
}
