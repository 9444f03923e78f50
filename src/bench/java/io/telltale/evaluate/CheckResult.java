package io.telltale.evaluate;

/**
 * The verdict of one check on one cell.
 *
 * @param name of the check, as {@link Check#label}
 * @param held false if a response violates it
 * @param detail how many responses were checked, and the first violation if there is one
 */
public record CheckResult(String name, boolean held, String detail) {}
